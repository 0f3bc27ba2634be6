export { FrameReader, frameMessage } from './framing';
export { JoinedStream } from './joined-stream';
export { connectLocal } from './local';
export { LoopTransport } from './loop';
export { transportPair } from './pair';
export { StreamTransport } from './stream';
export type { Transport } from './transport';
