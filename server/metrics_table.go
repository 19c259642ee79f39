package server

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/sensor"
)

// source is the name of the source of system calls in rules, and so in metrics.
const source = "syscall"

// identity tells what runs where, with which rules.
func (c *collector) identity(s sink, m *sensor.Metrics) {
	s.info("falcosecurity_falco_version_info", "The version of Gyr.", "version", c.version)
	s.info("falcosecurity_scap_engine_name_info", "Where events come from: modern_bpf is the running kernel.", "engine_name", "modern_bpf", "evt_source", source)
	s.info("falcosecurity_falco_kernel_release_info", "The release of the running kernel.", "kernel_release", c.machine.kernel)
	s.info("falcosecurity_evt_hostname_info", "The name of the machine, as in alerts.", "hostname", m.Hostname)
	for _, f := range m.Files {
		s.info("falcosecurity_falco_sha256_rules_files_info", "The files of rules in force, with the SHA-256 of their content.", "file_name", f.Name, "sha256", f.SHA256)
	}
	s.gauge("falcosecurity_falco_host_num_cpus_total", "CPUs that Gyr may run on.", float64(c.machine.cpus))
	s.gauge("falcosecurity_falco_host_boot_timestamp_nanoseconds", "When the machine was started, as Unix time.", float64(c.machine.booted.UnixNano()))
	s.gauge("falcosecurity_falco_start_timestamp_nanoseconds", "When Gyr was started, as Unix time.", float64(m.Started.UnixNano()))
	s.gauge("falcosecurity_falco_reload_timestamp_nanoseconds", "When the rules in force were read, as Unix time.", float64(m.Reloaded.UnixNano()))
}

// resources tells what this costs.
func (c *collector) resources(s sink, m *sensor.Metrics) {
	lived := time.Since(m.Started)
	s.counter("falcosecurity_falco_duration_seconds_total", "How long Gyr has been running.", lived.Seconds())
	// As of a process that has just begun nothing can be said.
	ratio := 0.0
	if lived > 0 {
		ratio = m.Self.CPU.Seconds() / lived.Seconds()
	}
	s.gauge("falcosecurity_falco_cpu_usage_ratio", "CPU time that Gyr has used, by the time it has been running: 1 is one CPU all the time.", ratio)
	s.gauge("falcosecurity_falco_memory_rss_bytes", "Memory of Gyr that is in RAM.", float64(m.Self.Resident))
	s.gauge("falcosecurity_falco_memory_vsz_bytes", "Address space of Gyr, most of which is never used.", float64(m.Self.Virtual))
}

// ruleMetrics tells what was detected, and whether anybody heard of it.
func ruleMetrics(s sink, m *sensor.Metrics) {
	for i := range m.Rules {
		r := &m.Rules[i]
		labels := []string{"rule_name", r.Name, "priority", strconv.Itoa(int(r.Priority)), "source", r.Source}
		for _, tag := range tagLabels(r.Tags) {
			labels = append(labels, tag, "true")
		}
		s.count("falcosecurity_falco_rules_matches_total", "Events that matched the rule, by its tags and priority, from 0 (emergency) to 7 (debug).", r.Matches, labels...)
	}
	s.gauge("gyr_rules", "Rules in force.", float64(len(m.Rules)))
	s.gauge("gyr_rules_waiting", "Rules that are not in force, as the events they ask for are not captured yet.", float64(m.Waiting))
	lost := uint64(0)
	for _, o := range m.Outputs {
		lost += o.Lost
		s.count("gyr_alerts_sent_total", "Alerts written to the output.", o.Sent, "output", o.Name)
		s.count("gyr_alerts_unheard_total", "Alerts that were not written, as this machine never had anybody to take them: a syslog daemon, for example.", o.Unheard, "output", o.Name)
		s.count("gyr_alerts_lost_total", "Alerts given up, as the output did not take them as fast as they were raised, or not at all.", o.Lost, "output", o.Name)
	}
	s.count("falcosecurity_falco_outputs_queue_num_drops_total", "Alerts given up, of all outputs: the sum of gyr_alerts_lost_total.", lost)
}

// tagLabels are the names of the labels for a rule's tags, each once.
func tagLabels(tags []string) []string {
	var names []string
	for _, tag := range tags {
		name := []byte("tag_" + tag)
		for i, c := range name {
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9') {
				name[i] = '_'
			}
		}
		if !slices.Contains(names, string(name)) {
			names = append(names, string(name))
		}
	}
	return names
}

// eventMetrics tells what became of the events.
func eventMetrics(s sink, m *sensor.Metrics) {
	from := &m.Source
	s.count("falcosecurity_scap_n_evts_total", "Events that the kernel half was to report, those that were lost among them.", from.Seen())
	s.count("falcosecurity_scap_n_drops_total", "Events that were not reported, and times the kernel half was not run: lost, throttled and skipped ones together.",
		from.Lost()+from.Throttled()+from.Skipped)
	lost := m.LostByBuffer()
	for _, name := range slices.Sorted(maps.Keys(lost)) {
		s.count("falcosecurity_scap_n_drops_buffer_total", "Events lost as a buffer was full, by what they are of; gyr_lost_events_total tells it more finely.", lost[name], "drop", name, "dir", "exit")
	}
	s.count("gyr_events_total", "Events that reached the rules.", from.Events)
	s.count("gyr_malformed_records_total", "Records of the kernel half that could not be read. Any is a bug.", from.Malformed)
	s.count("gyr_skipped_runs_total", "Times the kernel did not run a program of the kernel half, as it was running on that CPU already. What it would have seen is not known.", from.Skipped)
	s.gauge("gyr_processes", "Processes that are known: those alive, and for a moment those that have ended.", float64(from.Processes))
}

// familyMetrics tells where losses come from: by kind of event, by buffer, by
// container.
func familyMetrics(s sink, m *sensor.Metrics) {
	for f, c := range m.Source.Families {
		if event.Family(f) == event.FamilyNone {
			continue
		}
		name := event.Family(f).String()
		s.count("gyr_seen_events_total", "Events that the kernel half was to report, by family.", c.Seen, "family", name)
		s.count("gyr_lost_events_total", "Events lost as a buffer was full, by family.", c.Lost, "family", name)
		s.count("gyr_throttled_events_total", "Events left out as their process or container flooded the buffers, by family.", c.Throttled, "family", name)
	}
	for i, r := range m.Source.Rings {
		name := strconv.Itoa(i)
		if i == len(m.Source.Rings)-1 {
			name = "processes"
		}
		s.count("gyr_ring_missing_events_total", "Events that are missing in a buffer between kernel and Gyr; processes is that of their beginnings and ends.", r.Lost, "ring", name, "reason", "lost")
		s.count("gyr_ring_missing_events_total", "Events that are missing in a buffer between kernel and Gyr; processes is that of their beginnings and ends.", r.Throttled, "ring", name, "reason", "throttled")
	}
	for _, id := range slices.Sorted(maps.Keys(m.Source.Missing)) {
		const help = "Events missing of a container that flooded or was drowned: its id, host, or unknown. Only those of which any are; a thousand at most."
		c := m.Source.Missing[id]
		s.count("gyr_container_missing_events_total", help, c.Lost, "container_id", id, "reason", "lost")
		s.count("gyr_container_missing_events_total", help, c.Throttled, "container_id", id, "reason", "throttled")
	}
}
