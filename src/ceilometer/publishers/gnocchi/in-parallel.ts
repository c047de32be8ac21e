/** Creations and updates at a time: each is a request of its own, which Gnocchi works off in some milliseconds. */
const CONCURRENCY = 4;

/** A few at a time. After an error the others are still awaited, so that nothing continues behind the caller's back. */
export async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items].reverse();
  const worker = async () => {
    for (let item = queue.pop(); item; item = queue.pop()) await work(item);
  };
  const results = await Promise.allSettled(Array.from({ length: CONCURRENCY }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
