import { type SortOrder, sortOrders } from './drawing/row.ts';

/** What a person has chosen to see. */
export interface View {
  readonly page: 'list' | 'partition' | 'help';
  readonly order: SortOrder;
  readonly isReversed: boolean;
  readonly filter: string;
  /** Whether keys go into the filter. */
  readonly isTyping: boolean;
  /** Key of the selected row; undefined: the first one. */
  readonly selected: string | undefined;
}

export const firstView: View = {
  page: 'list',
  order: sortOrders[0],
  isReversed: false,
  filter: '',
  isTyping: false,
  selected: undefined,
};

/** A key as `node:readline` names it. */
export interface Keypress {
  /** The character, where the key has one. */
  readonly character: string | undefined;
  readonly name: string | undefined;
  readonly ctrl: boolean;
}

/**
 * What a key does to the view.
 * @param keys of the rows on the list, in their order
 * @param pageSize rows that fit on the screen
 * @returns the view after it, or `quit`
 */
export function press(view: View, key: Keypress, keys: readonly string[], pageSize: number): View | 'quit' {
  if (key.ctrl && (key.name === 'c' || key.name === 'd')) return 'quit';
  if (view.isTyping) return type(view, key);
  const order = sortOrders.find((candidate) => candidate.key === key.character);
  if (order)
    return order === view.order ? { ...view, isReversed: !view.isReversed } : { ...view, order, isReversed: false };
  switch (key.character === undefined || key.character < ' ' ? key.name : key.character) {
    case 'q':
      return view.page === 'list' ? 'quit' : { ...view, page: 'list' };
    case 'escape':
    case 'left':
      return view.page === 'list' ? { ...view, filter: '' } : { ...view, page: 'list' };
    case '?':
    case 'h':
      return { ...view, page: view.page === 'help' ? 'list' : 'help' };
    case '/':
      return { ...view, page: 'list', isTyping: true };
    case 'r':
      return { ...view, isReversed: !view.isReversed };
    case 'return':
    case 'right':
      return keys.length === 0 ? view : { ...view, page: 'partition', selected: view.selected ?? keys[0] };
    case 'up':
    case 'k':
      return move(view, keys, -1);
    case 'down':
    case 'j':
      return move(view, keys, 1);
    case 'pageup':
      return move(view, keys, -pageSize);
    case 'pagedown':
    case ' ':
      return move(view, keys, pageSize);
    case 'home':
      return move(view, keys, -keys.length);
    case 'end':
      return move(view, keys, keys.length);
    default:
      return view;
  }
}

function type(view: View, { character, name, ctrl }: Keypress): View {
  if (name === 'return') return { ...view, isTyping: false };
  if (name === 'escape') return { ...view, isTyping: false, filter: '' };
  if (name === 'backspace') return { ...view, filter: [...view.filter].slice(0, -1).join('') };
  const isText = character !== undefined && !ctrl && !/\p{Cc}/u.test(character);
  return isText ? { ...view, filter: view.filter + character } : view;
}

function move(view: View, keys: readonly string[], steps: number): View {
  if (keys.length === 0) return view;
  const now = Math.max(0, keys.indexOf(view.selected ?? ''));
  return { ...view, selected: keys[Math.min(keys.length - 1, Math.max(0, now + steps))] };
}
