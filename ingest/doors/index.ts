export { type EventRoutesDeps, eventRoutes, serviceSource } from './http.ts';
export { type AwaitVerdict, createVerdictWaiter, type EventRef, type VerdictWaiter } from './verdict-waiter.ts';
