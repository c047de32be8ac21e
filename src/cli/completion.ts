import type { Command, Option } from 'commander';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import type { Terminal } from './terminal/terminal.ts';

export const completionShells = ['bash', 'zsh', 'fish'] as const;

export type CompletionShell = (typeof completionShells)[number];

/** Prints a script that completes verbs, options and their values, written from the program itself. */
export async function completion(program: Command, shell: CompletionShell, { print }: Terminal): Promise<ExitCode> {
  print({ bash, zsh, fish }[shell](program.name(), verbsOf(program)).trimEnd());
  return exitCodes.done;
}

interface Verb {
  readonly name: string;
  readonly description: string;
  readonly options: readonly VerbOption[];
  /** Choices of its argument. */
  readonly values: readonly string[];
}

interface VerbOption {
  readonly flag: string;
  readonly description: string;
  /** What may follow: one of these, the name of a file, any text, or nothing. */
  readonly value: readonly string[] | 'file' | 'text' | undefined;
}

function verbsOf(program: Command): readonly Verb[] {
  return program.commands.map((verb) => ({
    name: verb.name(),
    description: verb.description(),
    options: [
      ...verb.options.filter(({ hidden }) => !hidden).map(verbOption),
      { flag: '--help', description: 'help for this verb', value: undefined },
    ],
    values: verb.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }));
}

function verbOption(option: Option): VerbOption {
  const takesValue = option.required || option.optional;
  const takesFile = /<(?:file|bundle)>/.test(option.flags);
  return {
    flag: option.long ?? option.flags,
    description: option.description,
    value: option.argChoices ?? (takesFile ? 'file' : takesValue ? 'text' : undefined),
  };
}

function bash(program: string, verbs: readonly Verb[]): string {
  const name = functionName(program);
  const values = verbs.flatMap((verb) =>
    verb.options.flatMap(({ flag, value }) => {
      if (value === undefined) return [];
      const reply =
        value === 'file'
          ? '$(compgen -f -- "$cur")'
          : value === 'text'
            ? ''
            : `$(compgen -W '${value.join(' ')}' -- "$cur")`;
      return [`    ${verb.name}:${flag}) COMPREPLY=(${reply}); return ;;`];
    }),
  );
  const words = verbs.map(
    (verb) => `    ${verb.name}) words='${[...verb.values, ...verb.options.map(({ flag }) => flag)].join(' ')}' ;;`,
  );
  return `# bash completion of ${program}
${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb='' words=''
  [ "$COMP_CWORD" -gt 1 ] && verb=\${COMP_WORDS[1]}
  case "$verb:$prev" in
${values.join('\n')}
  esac
  case "$verb" in
    '') words='${[...verbs.map((verb) => verb.name), '--help', '--version'].join(' ')}' ;;
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o filenames -F ${name} ${program}
`;
}

function zsh(program: string, verbs: readonly Verb[]): string {
  const argument = ({ flag, description, value }: VerbOption) => {
    const after =
      value === undefined
        ? ''
        : value === 'file'
          ? ':file:_files'
          : value === 'text'
            ? ':value:'
            : `:value:(${value.join(' ')})`;
    return `'${flag}[${zshText(description).replaceAll(/[[\]]/g, '\\$&')}]${after}'`;
  };
  const cases = verbs.map(({ name, options, values }) => {
    const all = [...(values.length > 0 ? [`'1:value:(${values.join(' ')})'`] : []), ...options.map(argument)];
    return `    ${name})\n      _arguments ${all.join(' \\\n        ')} ;;`;
  });
  return `#compdef ${program}
${functionName(program)}() {
  local -a verbs=(
${verbs.map(({ name, description }) => `    '${name}:${zshText(description)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  case $verb in
${cases.join('\n')}
  esac
}
compdef ${functionName(program)} ${program}
`;
}

function fish(program: string, verbs: readonly Verb[]): string {
  const text = (value: string) => `'${value.replaceAll(/[\\']/g, '\\$&')}'`;
  const ofVerb = ({ name, options, values }: Verb) => [
    ...(values.length > 0
      ? [`complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -f -a ${text(values.join(' '))}`]
      : []),
    ...options.map(({ flag, description, value }) => {
      const after =
        value === undefined
          ? ''
          : value === 'file'
            ? ' -r -F'
            : value === 'text'
              ? ' -x'
              : ` -x -a ${text(value.join(' '))}`;
      return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${flag.replace(/^--/, '')}${after} -d ${text(description)}`;
    }),
  ];
  return [
    `# fish completion of ${program}`,
    `complete -c ${program} -f`,
    ...verbs.map(
      ({ name, description }) => `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${text(description)}`,
    ),
    ...verbs.flatMap(ofVerb),
  ].join('\n');
}

function functionName(program: string): string {
  return `_${program.replaceAll('-', '_')}`;
}

/** Inside single quotes, where a colon separates. */
function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
}
