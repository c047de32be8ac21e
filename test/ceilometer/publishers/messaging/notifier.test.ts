import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../../src/base/clock/manual-clock.ts';
import { Secret } from '../../../../src/base/secrets/secret.ts';
import { publisherOf } from '../../../helpers/publishers.ts';
import { RecordedLog } from '../../../helpers/recorded-log.ts';
import { sampleOf } from '../../../helpers/samples.ts';

/** No one listens here. What a broker does is tested against the real one: `npm run test:openstack`. */
const messaging = { transportUrl: new Secret('rabbit://user:geheim@127.0.0.1:1,127.0.0.1:2/') };
const samples = [sampleOf(), sampleOf()];

describe('without a broker', () => {
  test('publishing is retryable, and no password is shown', async () => {
    const error: unknown = await publisherOf('notifier://', { messaging })
      .publish(samples)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      permanent: false,
      // The last of the hosts that were tried.
      message: 'message broker 127.0.0.1:2: nothing listens there (connection refused)',
    });
    expect(`${error}${JSON.stringify(error)}`).not.toContain('geheim');
  });

  test('policy=drop drops samples, counts them and logs it once', async () => {
    const logger = new RecordedLog();
    const publisher = publisherOf('notifier://?policy=drop', { messaging, logger });
    await publisher.publish(samples);
    await publisher.publish(samples);
    expect(logger.at('error')).toHaveLength(1);
    expect(logger.at('error')[0]).toMatchObject({ fields: { samples: 2 } });
    expect(logger.text).not.toContain('geheim');
  });

  test('policy=queue keeps a bounded number of messages and retries', async () => {
    const logger = new RecordedLog();
    const clock = new ManualClock(0);
    const publisher = publisherOf('notifier://?policy=queue&max_queue_length=3', {
      messaging: { ...messaging, batchSize: 1 },
      clock,
      logger,
    });
    await publisher.publish(samples);
    expect(logger.at('error')).toEqual([]);
    await publisher.publish(samples);
    await expect.poll(() => logger.at('warn').length).toBe(1);
    expect(logger.at('error')).toMatchObject([
      { message: 'the queue is full; the oldest messages are dropped', fields: { limit: 3 } },
    ]);
    await publisher.close();
    expect(logger.at('error')[1]).toMatchObject({
      fields: { messages: 3 },
      message: expect.stringMatching(/are lost/),
    });
    expect(logger.text).not.toContain('geheim');
  });
});

test('the publisher URL itself may name a host', async () => {
  await expect(publisherOf('notifier://user:geheim@127.0.0.1:3/vhost').publish(samples)).rejects.toMatchObject({
    message: 'message broker 127.0.0.1:3: nothing listens there (connection refused)',
  });
});
