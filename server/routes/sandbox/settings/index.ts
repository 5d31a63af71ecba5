// Without a name, the settings of the first workspace are shown.
export { default } from './[...person].ts'
