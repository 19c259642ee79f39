package event

// metaTypes are the events that are no system calls: tracepoints, plugins, and
// what a sensor tells of itself.
var metaTypes = [...]Info{
	{
		Name: "switch", Family: FamilyOther, Category: "scheduler", Class: ClassTracepoint, Direction: DirEnter,
		Params: []Param{
			{Name: "next", Type: PID}, {Name: "pgft_maj", Type: Uint64}, {Name: "pgft_min", Type: Uint64},
			{Name: "vm_size", Type: Uint32}, {Name: "vm_rss", Type: Uint32}, {Name: "vm_swap", Type: Uint32},
		},
	},
	{
		Name: "signaldeliver", Family: FamilyOther, Category: "signal", Class: ClassTracepoint, Direction: DirEnter,
		Params: []Param{{Name: "spid", Type: PID}, {Name: "dpid", Type: PID}, {Name: "sig", Type: SigType}},
	},
	{
		Name: "page_fault", Family: FamilyOther, Category: "other", Class: ClassTracepoint, Direction: DirEnter,
		Params: []Param{
			{Name: "addr", Type: Uint64}, {Name: "ip", Type: Uint64}, {Name: "error", Type: Flags32, Flags: pageFaultFlags},
		},
	},
	{
		Name: "pluginevent", Family: FamilyOther, Category: "other", Class: ClassPlugin, Direction: DirEnter,
		Params: []Param{{Name: "plugin_id", Type: Uint32}, {Name: "event_data", Type: ByteBuf}},
	},
	{
		Name: "drop", Family: FamilyOther, Category: "internal", Class: ClassMeta, Direction: DirBoth,
		Params: []Param{{Name: "ratio", Type: Uint32}},
	},
	{
		Name: "scapevent", Family: FamilyOther, Category: "internal", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{{Name: "event_type", Type: Uint32}, {Name: "event_data", Type: Uint64}},
	},
	{
		Name: "procinfo", Family: FamilyOther, Category: "internal", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{{Name: "cpu_usr", Type: Uint64}, {Name: "cpu_sys", Type: Uint64}},
	},
	{
		Name: "cpu_hotplug", Family: FamilyOther, Category: "system", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{{Name: "cpu", Type: Uint32}, {Name: "action", Type: Uint32}},
	},
	{
		Name: "notification", Family: FamilyOther, Category: "other", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{{Name: "id", Type: CharBuf}, {Name: "desc", Type: CharBuf}},
	},
	{
		Name: "infra", Family: FamilyOther, Category: "internal", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{
			{Name: "source", Type: CharBuf}, {Name: "name", Type: CharBuf}, {Name: "description", Type: CharBuf},
			{Name: "scope", Type: CharBuf},
		},
	},
	{
		Name: "container", Family: FamilyOther, Category: "process", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{{Name: "json", Type: CharBuf}},
	},
	{
		Name: "useradded", Family: FamilyOther, Category: "process", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{
			{Name: "uid", Type: Uint32}, {Name: "gid", Type: Uint32}, {Name: "name", Type: CharBuf},
			{Name: "home", Type: CharBuf}, {Name: "shell", Type: CharBuf}, {Name: "container_id", Type: CharBuf},
		},
	},
	{
		Name: "userdeleted", Family: FamilyOther, Category: "process", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{
			{Name: "uid", Type: Uint32}, {Name: "gid", Type: Uint32}, {Name: "name", Type: CharBuf},
			{Name: "home", Type: CharBuf}, {Name: "shell", Type: CharBuf}, {Name: "container_id", Type: CharBuf},
		},
	},
	{
		Name: "groupadded", Family: FamilyOther, Category: "process", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{
			{Name: "gid", Type: Uint32}, {Name: "name", Type: CharBuf}, {Name: "container_id", Type: CharBuf},
		},
	},
	{
		Name: "groupdeleted", Family: FamilyOther, Category: "process", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{
			{Name: "gid", Type: Uint32}, {Name: "name", Type: CharBuf}, {Name: "container_id", Type: CharBuf},
		},
	},
	{
		Name: "asyncevent", Family: FamilyOther, Category: "other", Class: ClassMeta, Direction: DirEnter,
		Params: []Param{
			{Name: "plugin_id", Type: Uint32}, {Name: "name", Type: CharBuf}, {Name: "data", Type: ByteBuf},
		},
	},
}
