export * from './codec';
export * from './constants';
export { Mailbox } from './mailbox';
export { Message, type PayloadInput } from './message';
export { Payload } from './payload';
