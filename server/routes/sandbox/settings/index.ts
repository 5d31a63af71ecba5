// Without a name: the first workspace's.
export { default } from './[...person].ts'
