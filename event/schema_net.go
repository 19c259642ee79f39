package event

// netTypes are the calls on sockets; connect is among the captured types.
var netTypes = [...]Info{
	{
		Name: "socket", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 41, ARM64: 198, I386: []int{359}, ARM: []int{281}},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "domain", Type: EnumFlags32, Flags: socketFamilies},
			{Name: "type", Type: Uint32}, {Name: "proto", Type: Uint32}, {Name: "flags", Type: Flags32, Flags: openFlags},
		},
	},
	{
		Name: "bind", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 49, ARM64: 200, I386: []int{361}, ARM: []int{282}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: SockAddr}, {Name: "fd", Type: FDNum},
		},
	},
	{
		Name: "listen", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 50, ARM64: 201, I386: []int{363}, ARM: []int{284}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "backlog", Type: Int32},
		},
	},
	{
		Name: "send", Family: FamilyNetwork, Category: "io_write", Call: &Call{AMD64: -1, ARM64: -1, ARM: []int{289}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32}, {Name: "tuple", Type: SockTuple, Get: tuple},
		},
	},
	{
		Name: "sendto", Family: FamilyNetwork, Category: "io_write", Call: &Call{AMD64: 44, ARM64: 206, I386: []int{369}, ARM: []int{290}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32}, {Name: "tuple", Type: SockTuple, Get: tuple},
		},
	},
	{
		Name: "recv", Family: FamilyNetwork, Category: "io_read", Call: &Call{AMD64: -1, ARM64: -1, ARM: []int{291}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32}, {Name: "tuple", Type: SockTuple, Get: tuple},
		},
	},
	{
		Name: "recvfrom", Family: FamilyNetwork, Category: "io_read", Call: &Call{AMD64: 45, ARM64: 207, I386: []int{371}, ARM: []int{292}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf},
			{Name: "tuple", Type: SockTuple, Get: tuple}, {Name: "fd", Type: FDNum}, {Name: "size", Type: Uint32},
		},
	},
	{
		Name: "shutdown", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 48, ARM64: 210, I386: []int{373}, ARM: []int{293}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "how", Type: EnumFlags8, Flags: shutdownHow},
		},
	},
	{Name: "getsockname", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 51, ARM64: 204, I386: []int{367}, ARM: []int{286}}},
	{Name: "getpeername", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 52, ARM64: 205, I386: []int{368}, ARM: []int{287}}},
	{
		Name: "socketpair", Family: FamilyNetwork, Category: "IPC", Call: &Call{AMD64: 53, ARM64: 199, I386: []int{360}, ARM: []int{288}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd1", Type: FDNum}, {Name: "fd2", Type: FDNum},
			{Name: "source", Type: Uint64}, {Name: "peer", Type: Uint64},
			{Name: "domain", Type: EnumFlags32, Flags: socketFamilies}, {Name: "type", Type: Uint32},
			{Name: "proto", Type: Uint32},
		},
	},
	{
		Name: "setsockopt", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 54, ARM64: 208, I386: []int{366}, ARM: []int{294}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "level", Type: EnumFlags8, Flags: sockoptLevels},
			{Name: "optname", Type: EnumFlags8, Flags: sockoptNames}, {Name: "val", Type: Dynamic},
			{Name: "optlen", Type: Uint32},
		},
	},
	{
		Name: "getsockopt", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 55, ARM64: 209, I386: []int{365}, ARM: []int{295}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "level", Type: EnumFlags8, Flags: sockoptLevels},
			{Name: "optname", Type: EnumFlags8, Flags: sockoptNames}, {Name: "val", Type: Dynamic},
			{Name: "optlen", Type: Uint32},
		},
	},
	{
		Name: "sendmsg", Family: FamilyNetwork, Category: "io_write", Call: &Call{AMD64: 46, ARM64: 211, I386: []int{370}, ARM: []int{296}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32}, {Name: "tuple", Type: SockTuple, Get: tuple},
		},
	},
	{
		Name: "sendmmsg", Family: FamilyNetwork, Category: "io_write", Call: &Call{AMD64: 307, ARM64: 269, I386: []int{345}, ARM: []int{374}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "size", Type: Uint32},
			{Name: "data", Type: ByteBuf}, {Name: "tuple", Type: SockTuple, Get: tuple},
		},
	},
	{
		Name: "recvmsg", Family: FamilyNetwork, Category: "io_read", Call: &Call{AMD64: 47, ARM64: 212, I386: []int{372}, ARM: []int{297}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "size", Type: Uint32}, {Name: "data", Type: ByteBuf},
			{Name: "tuple", Type: SockTuple, Get: tuple}, {Name: "msgcontrol", Type: ByteBuf}, {Name: "fd", Type: FDNum},
		},
	},
	{
		Name: "recvmmsg", Family: FamilyNetwork, Category: "io_read", Call: &Call{AMD64: 299, ARM64: 243, I386: []int{337, 417}, ARM: []int{365, 417}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "size", Type: Uint32},
			{Name: "data", Type: ByteBuf}, {Name: "tuple", Type: SockTuple, Get: tuple},
			{Name: "msgcontrol", Type: ByteBuf},
		},
	},
	{
		Name: "accept", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 43, ARM64: 202, ARM: []int{285}},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "tuple", Type: SockTuple, Get: tuple}, {Name: "queuepct", Type: Uint8},
			{Name: "queuelen", Type: Uint32}, {Name: "queuemax", Type: Uint32},
		},
	},
	{
		Name: "accept4", Family: FamilyNetwork, Category: "net", Call: &Call{AMD64: 288, ARM64: 242, I386: []int{364}, ARM: []int{366}},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "tuple", Type: SockTuple, Get: tuple}, {Name: "queuepct", Type: Uint8},
			{Name: "queuelen", Type: Uint32}, {Name: "queuemax", Type: Uint32}, {Name: "flags", Type: Int32},
		},
	},
}
