export { TcpProxy, type TcpProxyOptions } from './proxy/tcp-proxy.js';
