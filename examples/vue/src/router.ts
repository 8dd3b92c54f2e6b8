import { createRouter, createWebHistory } from 'vue-router'
import HomeView from './views/HomeView.vue'
import PhotoView from './views/PhotoView.vue'
import ScanView from './views/ScanView.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: HomeView },
    { path: '/scan', component: ScanView },
    { path: '/photo', component: PhotoView },
  ],
})
