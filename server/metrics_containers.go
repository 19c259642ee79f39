package server

import (
	"github.com/gyrsec/gyr/container"
)

// containerMetrics tells how containers come to be known.
func containerMetrics(s sink, c *container.Stats) {
	s.gauge("gyr_containers", "Containers that are known.", float64(c.Containers))
	s.gauge("gyr_containers_described", "Containers of which a runtime, or its files, said what they are.", float64(c.Described))
	s.gauge("gyr_containers_waiting", "Containers of which it is not known yet what they are, and whose events are held back.", float64(c.Waiting))
	s.count("gyr_containers_evicted_total", "Containers that were forgotten as there were too many.", c.Evicted)
	for i := range c.Engines {
		engineMetrics(s, &c.Engines[i])
	}
}

func engineMetrics(s sink, e *container.EngineStats) {
	for _, result := range []struct {
		name string
		n    uint64
	}{{"ok", e.OK}, {"not_found", e.NotFound}, {"error", e.Errors}} {
		s.count("gyr_container_asks_total", "Questions to a runtime what a container is, by what came of it.", result.n, "engine", e.Name, "result", result.name)
	}
	s.count("gyr_container_asks_deferred_total", "Questions to the runtime that had to be put off, as too many were waiting.", e.Deferred, "engine", e.Name)
	s.gauge("gyr_container_asks_queued", "Questions to the runtime that wait.", float64(e.Queued), "engine", e.Name)
	s.flag("gyr_container_engine_followed", "Whether the runtime's own events are followed (1), or it is only asked (0).", e.Connected, "engine", e.Name)
	s.flag("gyr_container_engine_down", "Whether the runtime is left alone for a while (1), as it did not answer or is not there.", e.Down, "engine", e.Name)
}

// gateMetrics tells what became of events whose container was not known yet.
func gateMetrics(s sink, g *container.GateStats) {
	s.gauge("gyr_container_events_held", "Events held back until it is known what their container is.", float64(g.Held))
	s.gauge("gyr_container_events_held_bytes", "Memory of the events held back, roughly.", float64(g.HeldBytes))
	const help = "Events judged without knowing what their container is, as that did not come in time (timeout) or too many were held (overflow)."
	s.count("gyr_container_events_undescribed_total", help, g.TimedOut, "reason", "timeout")
	s.count("gyr_container_events_undescribed_total", help, g.Overflowed, "reason", "overflow")
	buckets := map[float64]uint64{}
	sum := uint64(0)
	for i, bound := range container.WaitBounds() {
		sum += g.Wait.Buckets[i]
		buckets[bound.Seconds()] = sum
	}
	s.histogram("gyr_container_event_wait_seconds", "How long events were held back until it was known what their container is, or they were given up.", g.Wait.Count(), g.Wait.Sum.Seconds(), buckets)
}
