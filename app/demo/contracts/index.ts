export { type CompiledContract, compileContracts } from './compile.ts';
export { type Address, connectSender, type DevelopmentSender } from './deploy.ts';
