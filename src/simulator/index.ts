export { createSimulatorApp, type SimulatorApp } from './app.js'
export type { SimulatorOptions } from './config.js'
export type { Fault, Faults } from './platform/faults.js'
export type { History, HistoryEntry } from './platform/history.js'
export type { AuthorizeCheck, AuthorizeRequest } from './platform/login/authorization.js'
export type { MediaUpload } from './platform/media.js'
export type { MediaType } from './platform/media-type.js'
export type { PushSettings } from './platform/messages/push-settings.js'
export type { People, Person } from './platform/people.js'
export type { PlatformConfig } from './platform/platform-config.js'
export type {
  AccountMessage,
  ChatEntry,
  PersonMessage,
  PushDelivery,
  PushResult,
} from './protocol/messages.js'
export type { ScenarioName } from './protocol/scenarios.js'
export type { ScenarioResult } from './scenarios.js'
export { type RunningSimulator, type SimulatorEnvironment, startSimulator } from './server.js'
export type { ApproveOptions, Simulator } from './simulator.js'
export type { SavedState } from './state/saved-state.js'
