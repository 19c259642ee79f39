package config

// Gyr is what Falco's configuration has no place for: the keys below gyr.
type Gyr struct {
	DNS      DNS
	Throttle Throttle
}

// DNS says how names of IP addresses are learnt (fd.sip.name and the like).
type DNS struct {
	// ObserveAnswers reads them from the DNS answers programs receive.
	ObserveAnswers bool
	// ResolveRuleNames has the names that rules compare with resolved in the
	// background: the machine's resolver learns what the rules look for.
	ResolveRuleNames bool
}

// absentGyr are the values of absent keys.
func absentGyr() Gyr {
	return Gyr{DNS: DNS{ObserveAnswers: true, ResolveRuleNames: true}, Throttle: absentThrottle()}
}

func gyrSettings(c *Config) setting {
	g := &c.Gyr
	return group(map[string]setting{
		"containers": gyrContainers(&c.Containers),
		"dns": group(map[string]setting{
			"observe_answers":    truth(&g.DNS.ObserveAnswers),
			"resolve_rule_names": truth(&g.DNS.ResolveRuleNames),
		}),
		"throttle": throttle(&g.Throttle),
	})
}
