import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const target = process.env.BACK_END ?? 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [vue()],
  server: {
    host: '127.0.0.1',
    // Names that lead to this machine, by the hosts file or by a tunnel. To any other name, Vite answers 403.
    allowedHosts: ['abc.com'],
    // The login returns to the host that the back end sees, so the browser's Host header has to stay. A target that is
    // a plain string would replace it: Vite then sets `changeOrigin`.
    proxy: { '/wechat/': { target }, '/api/': { target } },
  },
})
