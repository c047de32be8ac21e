export { PrometheusPage } from './prometheus-page.ts';
