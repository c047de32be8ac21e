// In the browser uPlot is beside the page, under this name.
export { default } from 'uplot';
