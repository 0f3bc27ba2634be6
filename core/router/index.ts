export { ClientRouter } from './client-router';
export { Credentials } from './credentials';
export { Disconnects, disconnectTopic } from './disconnects';
export { relay } from './relay';
export { RoutedClient } from './routed-client';
export { bindSocket, type SocketServer, type SocketServerOptions } from './socket-server';
