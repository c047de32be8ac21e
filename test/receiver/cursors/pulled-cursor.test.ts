import { expect, test } from 'vitest';
import { Cursors } from '../../../src/receiver/cursors/cursors.ts';
import { positionAt } from '../../../src/receiver/cursors/position.ts';
import { PulledCursor } from '../../../src/receiver/cursors/pulled-cursor.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { activitiesOf, instantOf } from '../../helpers/sample-reader.ts';

const activities = activitiesOf(4);

function pulled(limit: number) {
  let asked = 0;
  const cursors = new Cursors(() => {
    asked += 1;
  });
  const cursor = new PulledCursor('pulled', limit, (reader) => cursors.add('pulled', reader));
  return { cursors, cursor, asked: () => asked };
}

test('holds so many activities, and the rest stays in PCM until some are acknowledged', () => {
  const { cursors, cursor, asked } = pulled(2);
  for (const activity of activities) cursors.publish(activity);
  expect(cursor.pending().map(instantOf)).toEqual([0, 1]);
  expect(cursor.pending(1).map(instantOf)).toEqual([0]);
  expect(cursor.hasCapacity(SYSTEM_ID)).toBe(false);
  const [, second] = cursor.pending();
  if (second) cursor.acknowledge(second);
  expect(cursor.pending()).toEqual([]);
  expect(cursor.hasCapacity(SYSTEM_ID)).toBe(true);
  expect(asked()).toBe(1);
  expect(second && cursor.positions().get(SYSTEM_ID)).toEqual(second && positionAt(second));
});

test('acknowledging what it does not hold moves nothing', () => {
  const { cursors, cursor } = pulled(2);
  const [first, second] = activities;
  if (first) cursors.publish(first);
  if (second) cursor.acknowledge(second);
  expect(cursor.pending().map(instantOf)).toEqual([0]);
});

test('a closed one holds nothing and gets nothing', () => {
  const { cursors, cursor } = pulled(2);
  const [first, second] = activities;
  if (first) cursors.publish(first);
  cursor.close();
  if (second) cursors.publish(second);
  expect(cursor.pending()).toEqual([]);
});
