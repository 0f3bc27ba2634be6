export { Event, type EventSpec, event, type PublishedAs, type ReadOf } from './event';
export type { Complaint, Form } from './form';
export {
  type AccessRole,
  type Answers,
  type AnyMethod,
  type GivenTo,
  Method,
  type MethodSpec,
  method,
  type ReadBy,
  type ReceivedFrom,
  type ReturnedBy,
} from './method';
export { eventsOf, methodsOf, type Rows, type Service, service, serviceName } from './service';
