export { parseDateTime } from './date-time.ts';
export { type DecodeContext, type DecodedEvent, type DecodeRefusal, decodeEvent, type StreamKind } from './decode.ts';
