// In the browser uPlot stands beside the page, under this name.
export { default } from 'uplot';
