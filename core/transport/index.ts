export { FrameReader, frameMessage } from './framing';
export { connectLocal } from './local';
export { LoopTransport } from './loop';
export { transportPair } from './pair';
export { StreamTransport } from './stream';
export type { Transport } from './transport';
