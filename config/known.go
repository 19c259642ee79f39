package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// notInForce reports whether Falco has the key and Gyr does not act on it yet.
// Everything below such a key is Falco's too.
func notInForce(key string) bool {
	if slices.Contains(notInForceKeys(), key) {
		return true
	}
	// The entries of lists are numbered.
	return strings.HasPrefix(key, "plugins[") && strings.HasSuffix(key, "].init_config.engines.static")
}

// notInForceKeys are the keys notInForce is about.
func notInForceKeys() []string {
	return []string{
		"capture",
		"plugins_hostinfo",
		"log_syslog",
		"libs_logger",
		"syscall_event_timeouts",
		"metrics.interval",
		"metrics.output_rule",
		"metrics.output_file",
		"metrics.rules_counters_enabled",
		"metrics.resource_utilization_enabled",
		"metrics.state_counters_enabled",
		"metrics.kernel_event_counters_enabled",
		"metrics.kernel_event_counters_per_cpu_enabled",
		"metrics.kernel_iter_event_counters_enabled",
		"metrics.libbpf_stats_enabled",
		"metrics.plugins_metrics_enabled",
		"metrics.jemalloc_stats_enabled",
		"metrics.convert_memory_to_mb",
		"metrics.include_empty_values",
		"base_syscalls",
		"falco_libs.thread_table_size",
		"falco_libs.thread_table_auto_purging_interval_s",
		"falco_libs.thread_table_auto_purging_thread_timeout_s",
		"engine.kmod",
		"engine.replay",
		"engine.modern_ebpf.cpus_for_each_buffer",
		"engine.modern_ebpf.drop_failed_exit",
		"engine.modern_ebpf.disable_iterators",
	}
}

// removed reports whether earlier versions of Falco had the key.
func removed(key string) bool {
	switch key {
	case "grpc", "grpc_output", "container_engines", "engine.ebpf", "engine.gvisor", "outputs", "syscall_buf_size_preset",
		"syscall_drop_failed_exit", "modern_bpf", "metadata_download":
		return true
	}
	return false
}

// unknown warns of a key that is not in force.
func (r *reader) unknown(n *yaml.Node, key, prefix string, settings map[string]setting) {
	switch {
	case notInForce(key):
		r.warn(n, NotInForce, key, "%s is known to Falco but not in force yet: it has no effect", key)
	case removed(key):
		r.warn(n, Removed, key, "%s was removed from Falco and has no effect; delete it", key)
	default:
		near := nearest(n.Value, settings)
		if near == "" {
			r.warn(n, UnknownKey, key, "unknown key %s: it has no effect", key)
			return
		}
		r.warn(n, UnknownKey, key, "unknown key %s: it has no effect; did you mean %s?", key, join(prefix, near))
	}
}

// nearest is the key closest in spelling to name, empty when none is close.
func nearest(name string, settings map[string]setting) string {
	best, bestDistance := "", len(name)/3+2
	for key := range settings {
		d := distance(strings.ToLower(name), key)
		if d < bestDistance || d == bestDistance && best != "" && key < best {
			best, bestDistance = key, d
		}
	}
	return best
}

// distance counts the letters to insert, remove or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
