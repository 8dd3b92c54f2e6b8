export {
  createFakeTokenManager,
  type FakeAnswer,
  type FakeMedia,
  type FakeTokenManager,
  type FakeTokenManagerOptions,
} from './fake-token-manager.js'
export type { FakeWechatCall } from './scripted-upstream.js'
export { type TestRunner, type TokenStoreUnderTest, testTokenStore } from './token-store-contract/index.js'
