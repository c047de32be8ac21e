export { type Exchange, Recording } from './recording.ts';
