import type { FrameHistories, FrameStatus, StatusReport } from '../../status-model.ts';
import { type ChartGroup, frameCharts } from '../charts.ts';
import { frameMeters, sampleWords } from '../details/frame-parts.ts';
import { element } from '../elements.ts';
import { link } from '../routes.ts';

type FrameChartGroup = ReturnType<typeof frameCharts>;

interface Card {
  readonly element: HTMLElement;
  readonly head: HTMLElement;
  readonly meters: HTMLElement;
  readonly charts: FrameChartGroup;
}

/** A card for each frame, kept from one report to the next, so that charts do not restart. */
export class FrameGrid {
  readonly #place: HTMLElement;
  readonly #cards = new Map<string, Card>();

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  show({ frames, consoles }: StatusReport, histories: FrameHistories): void {
    const present = new Set(frames.map(({ id }) => id));
    for (const [id, { charts }] of this.#cards) {
      if (present.has(id)) continue;
      charts.destroy();
      this.#cards.delete(id);
    }
    if (frames.length === 0) {
      this.#place.replaceChildren(element('p', { class: 'empty' }, emptyWords(consoles.length)));
      return;
    }
    const cards = frames.map((frame) => this.#shown(frame, histories));
    if (cards.some((card, index) => card !== this.#place.children[index])) this.#place.replaceChildren(...cards);
  }

  #shown(frame: FrameStatus, histories: FrameHistories): HTMLElement {
    const card = this.#cards.get(frame.id) ?? newCard();
    this.#cards.set(frame.id, card);
    card.element.classList.toggle('old', frame.isOld === true || frame.sampleTime === undefined);
    card.head.replaceChildren(
      element('h3', {}, link({ view: 'frame', id: frame.id }, frame.name)),
      ...(frame.mtms === undefined ? [] : [element('span', { class: 'muted' }, frame.mtms)]),
      ...sampleWords(frame),
    );
    const isRead = frame.sampleTime !== undefined;
    card.meters.replaceChildren(...(isRead ? frameMeters(frame) : []));
    const values = histories[frame.id];
    if (isRead && values) card.charts.update(values);
    return card.element;
  }
}

function newCard(): Card {
  const head = element('div', { class: 'head' });
  const meters = element('div', { class: 'meters' });
  const charts: ChartGroup<FrameHistories[string]> = frameCharts(120);
  const body = element('div', { class: 'body' }, meters, element('div', { class: 'charts' }, ...charts.elements));
  return { element: element('article', { class: 'card frame' }, head, body), head, meters, charts };
}

function emptyWords(consoles: number): string {
  if (consoles === 0) return 'No frames: name a console (HMC or NovaLink) in the configuration and reload it.';
  return 'No frame yet. A console that answers lists its frames within a minute; what is wrong stands above. `otel-powervm doctor --config FILE` examines each step.';
}
