export interface EstateStart {
  readonly consoles: number;
  readonly lpars: number;
  readonly seed: string;
  readonly rate: number;
  /** Milliseconds since 1970. */
  readonly epoch: number;
}

export interface ReadyConsole {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly systems: readonly string[];
}

/** What was read with one session. Times are milliseconds since 1970, real time. */
export interface SessionUse {
  readonly token: string;
  readonly requests: number;
  readonly first: number;
  readonly last: number;
}

/** What a console has seen of its readers. */
export interface ConsoleUse {
  readonly url: string;
  /** In the order of their first reading request. Logons and logoffs are not reading. */
  readonly uses: readonly SessionUse[];
  readonly mostSessions: number;
  readonly openSessions: number;
  readonly opened: number;
  readonly refused: number;
}
