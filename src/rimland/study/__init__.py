"""The three nouns Scenario, Run and Finding: where reading, running and judging meet."""
