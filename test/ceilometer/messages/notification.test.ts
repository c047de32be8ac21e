import { describe, expect, test } from 'vitest';
import { notificationBody } from '../../../src/ceilometer/messages/notification.ts';

const NOW = Date.parse('2026-11-22T21:23:57.801Z');

function read(body: Buffer) {
  const envelope = JSON.parse(body.toString('utf8'));
  return { envelope, message: JSON.parse(envelope['oslo.message']) };
}

describe('a notification', () => {
  const polling = { publisherId: 'ceilometer.polling', eventType: 'telemetry.polling', isPolling: true };

  test('equals what a polling agent sends', () => {
    const { envelope, message } = read(notificationBody(['{"counter_name":"é \\" \\\\"}'], polling, NOW));
    expect(Object.keys(envelope)).toEqual(['oslo.version', 'oslo.message']);
    expect(envelope['oslo.version']).toBe('2.0');
    expect(Object.keys(message)).toEqual([
      'message_id',
      'publisher_id',
      'event_type',
      'priority',
      'payload',
      'timestamp',
      '_unique_id',
    ]);
    expect(message).toMatchObject({
      publisher_id: 'ceilometer.polling',
      event_type: 'telemetry.polling',
      priority: 'SAMPLE',
      payload: { samples: [{ counter_name: 'é " \\' }] },
      timestamp: '2026-11-22 21:23:57.801000',
    });
    expect(message.message_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(message._unique_id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('equals what a pipeline publishes', () => {
    const form = { publisherId: 'telemetry.publisher.neo', eventType: 'metering', isPolling: false };
    const { message } = read(notificationBody(['{"a":1}', '{"a":2}'], form, NOW));
    expect(message).toMatchObject({ event_type: 'metering', payload: [{ a: 1 }, { a: 2 }] });
  });

  test('has a new id every time, since a receiver never acknowledges a known one', () => {
    const ids = Array.from({ length: 100 }, () => read(notificationBody(['{}'], polling, NOW)).message._unique_id);
    expect(new Set(ids).size).toBe(100);
  });
});
