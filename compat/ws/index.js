export * from "sluice/ws";
export { default } from "sluice/ws";
