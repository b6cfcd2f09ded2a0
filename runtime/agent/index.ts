// The agent: lets a hub see and steer a client. An entry of its own, so that an app that never asks for it never loads it.

export { startAgent, type Agent, type AgentOptions, type AgentPlatform } from './agent.ts';
