/** Attributes of a point. Never undefined values: the SDK hashes them alike. */
export type PointAttributes = Readonly<Record<string, string | number | boolean>>;

/** Of a point that has none of its own: one object for all of them, as most points of a collection are. */
export const NO_ATTRIBUTES: PointAttributes = Object.freeze({});

/** Entries of one generation: enough for some thousand partitions, little enough to forget those that are gone. */
const GENERATION = 50_000;

/**
 * Remembers attributes from one collection to the next. A partition or adapter has the same ones in every sample, and
 * creating them again would be most of the work of a collection. Unused entries are dropped.
 */
export class AttributeCache {
  #used = new Map<string, object>();
  #older = new Map<string, object>();

  /**
   * What `make` made the first time.
   * @param key says everything that `make` depends on, its kind first
   */
  recall<Made extends object>(key: string, make: () => Made): Made {
    const known = this.#used.get(key) as Made | undefined;
    if (known) return known;
    const made = (this.#older.get(key) as Made | undefined) ?? make();
    this.#remember(key, made);
    return made;
  }

  /** The attributes of a point that has but one. */
  single(name: string, value: string): PointAttributes {
    return this.recall(`${name}\0${value}`, () => ({ [name]: value }));
  }

  #remember(key: string, made: object): void {
    if (this.#used.size >= GENERATION) {
      this.#older = this.#used;
      this.#used = new Map();
    }
    this.#used.set(key, made);
  }
}

/** Attributes with an identity before them, made once for every set of attributes that points share. */
export class IdentifiedAttributes {
  readonly #identity: PointAttributes;
  /** Weak: not all attributes of points are cached, and temporary ones must not accumulate here. */
  readonly #known = new WeakMap<PointAttributes, PointAttributes>();

  constructor(identity: PointAttributes) {
    this.#identity = identity;
  }

  readonly of = (attributes: PointAttributes): PointAttributes => {
    if (attributes === NO_ATTRIBUTES) return this.#identity;
    const known = this.#known.get(attributes);
    if (known) return known;
    const identified = { ...this.#identity, ...attributes };
    this.#known.set(attributes, identified);
    return identified;
  };
}
