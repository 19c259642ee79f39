package record

import (
	"fmt"
	"io"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// WriteHeader writes the C header that tells the kernel half the families, the
// event types it has to tell apart and where each value stands in a record.
func WriteHeader(w io.Writer) error {
	var b strings.Builder
	b.WriteString("/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n")
	b.WriteString("/* Generated from the schema of package event; do not edit. */\n")
	b.WriteString("#ifndef GYR_SCHEMA_H\n#define GYR_SCHEMA_H\n\n")
	for f := range event.Families {
		fmt.Fprintf(&b, "#define GYR_FAMILY_%s %d\n", upper(event.Family(f).String()), f)
	}
	fmt.Fprintf(&b, "#define GYR_FAMILIES %d\n", event.Families)

	fmt.Fprintf(&b, "\n/* changes of processes */\n")
	for i, name := range []string{"EXEC", "FORK", "EXIT", "RENAME", "CGROUP", "STATE", "CGROUP_MADE", "CGROUP_REMOVED"} {
		fmt.Fprintf(&b, "#define GYR_RECORD_%s %d\n", name, i+1)
	}
	writeIndices(&b, "PROCESS", processNumNames[:], processStrNames[:])
	writeIndices(&b, "EXIT", []string{ReaperPID: "REAPER", ReaperStart: "REAPER_START"}, nil)
	writeIndices(&b, "CGROUP", []string{Hierarchy: "HIERARCHY", CgroupID: "ID"}, []string{NewCgroup: "PATH"})

	b.WriteString("\n")
	writeIndices(&b, "CALL", callNumNames[:], callStrNames[:])
	if t, ok := event.ByName("recvfrom"); ok {
		fmt.Fprintf(&b, "#define GYR_TYPE_RECVFROM %d\n", t)
	}
	for f := range event.Families {
		family := event.Family(f)
		l := LayoutOf(family)
		if !HasOwnLayout(family) {
			continue
		}
		b.WriteString("\n")
		for t := range event.Types {
			if info := event.Describe(t); info.Family == family && info.Call != nil {
				fmt.Fprintf(&b, "#define GYR_TYPE_%s %d\n", upper(info.Name), t)
			}
		}
		writeIndices(&b, upper(family.String()), l.Nums, l.Strs)
	}
	b.WriteString("\n#endif\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func upper(s string) string { return strings.ToUpper(s) }

func writeIndices(b *strings.Builder, record string, nums, strs []string) {
	for i, n := range nums {
		fmt.Fprintf(b, "#define GYR_%s_NUM_%s %d\n", record, upper(n), i)
	}
	fmt.Fprintf(b, "#define GYR_%s_NUMS %d\n", record, len(nums))
	for i, n := range strs {
		fmt.Fprintf(b, "#define GYR_%s_STR_%s %d\n", record, upper(n), i)
	}
	fmt.Fprintf(b, "#define GYR_%s_STRS %d\n", record, len(strs))
}
