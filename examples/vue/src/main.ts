import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router.ts'
import { configureAfterEachRoute } from './wechat.ts'

configureAfterEachRoute(router)
createApp(App).use(router).mount('#app')
