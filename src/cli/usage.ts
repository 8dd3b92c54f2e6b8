export const usage = `express-wechat: tools for apps with pages in WeChat

  express-wechat simulator [options]                   run WeChat on this machine, for development
  express-wechat simulator [options] -- command args   run the command with a WeChat beside it
  express-wechat simulator --help                      the options
  express-wechat doctor [options]                      check a configuration, and say what to do
  express-wechat doctor --help                         the options
`
