package event

// The sets of the calls on sockets.
var (
	// shutdownHow: the number of an unknown way to shut down is not known here.
	shutdownHow = FlagSet{
		{"SHUT_UNKNOWN", BitUnknown}, {"SHUT_RDWR", 2}, {"SHUT_WR", 1}, {"SHUT_RD", 0},
	}

	// socketFamilies have two names for two numbers, of which the first is printed.
	socketFamilies = FlagSet{
		{"AF_NFC", 39}, {"AF_ALG", 38}, {"AF_CAIF", 37}, {"AF_IEEE802154", 36}, {"AF_PHONET", 35},
		{"AF_ISDN", 34}, {"AF_RXRPC", 33}, {"AF_IUCV", 32}, {"AF_BLUETOOTH", 31}, {"AF_TIPC", 30},
		{"AF_CAN", 29}, {"AF_LLC", 26}, {"AF_WANPIPE", 25}, {"AF_PPPOX", 24}, {"AF_IRDA", 23}, {"AF_SNA", 22},
		{"AF_RDS", 21}, {"AF_ATMSVC", 20}, {"AF_ECONET", 19}, {"AF_ASH", 18}, {"AF_PACKET", 17},
		{"AF_ROUTE", 16}, {"AF_NETLINK", 16}, {"AF_KEY", 15}, {"AF_SECURITY", 14}, {"AF_NETBEUI", 13},
		{"AF_DECnet", 12}, {"AF_ROSE", 11}, {"AF_INET6", 10}, {"AF_X25", 9}, {"AF_ATMPVC", 8}, {"AF_BRIDGE", 7},
		{"AF_NETROM", 6}, {"AF_APPLETALK", 5}, {"AF_IPX", 4}, {"AF_AX25", 3}, {"AF_INET", 2}, {"AF_LOCAL", 1},
		{"AF_UNIX", 1}, {"AF_UNSPEC", 0},
	}

	sockoptLevels = FlagSet{
		{"SOL_SOCKET", 1}, {"SOL_TCP", 2}, {"UNKNOWN", 0},
	}

	sockoptNames = FlagSet{
		{"SO_COOKIE", 53}, {"SO_MEMINFO", 52}, {"SO_PEERGROUPS", 51}, {"SO_ATTACH_BPF", 50},
		{"SO_INCOMING_CPU", 49}, {"SO_BPF_EXTENSIONS", 48}, {"SO_MAX_PACING_RATE", 47}, {"SO_BUSY_POLL", 46},
		{"SO_SELECT_ERR_QUEUE", 45}, {"SO_LOCK_FILTER", 44}, {"SO_NOFCS", 43}, {"SO_PEEK_OFF", 42},
		{"SO_WIFI_STATUS", 41}, {"SO_RXQ_OVFL", 40}, {"SO_DOMAIN", 39}, {"SO_PROTOCOL", 38},
		{"SO_TIMESTAMPING", 37}, {"SO_MARK", 36}, {"SO_TIMESTAMPNS", 35}, {"SO_PASSSEC", 34},
		{"SO_PEERSEC", 31}, {"SO_ACCEPTCONN", 30}, {"SO_TIMESTAMP", 29}, {"SO_PEERNAME", 28},
		{"SO_DETACH_FILTER", 27}, {"SO_ATTACH_FILTER", 26}, {"SO_BINDTODEVICE", 25},
		{"SO_SECURITY_ENCRYPTION_NETWORK", 24}, {"SO_SECURITY_ENCRYPTION_TRANSPORT", 23},
		{"SO_SECURITY_AUTHENTICATION", 22}, {"SO_SNDTIMEO", 21}, {"SO_RCVTIMEO", 20}, {"SO_SNDLOWAT", 19},
		{"SO_RCVLOWAT", 18}, {"SO_PEERCRED", 17}, {"SO_PASSCRED", 16}, {"SO_REUSEPORT", 15},
		{"SO_BSDCOMPAT", 14}, {"SO_LINGER", 13}, {"SO_PRIORITY", 12}, {"SO_NO_CHECK", 11}, {"SO_OOBINLINE", 10},
		{"SO_KEEPALIVE", 9}, {"SO_RCVBUFFORCE", 33}, {"SO_SNDBUFFORCE", 32}, {"SO_RCVBUF", 8}, {"SO_SNDBUF", 7},
		{"SO_BROADCAST", 6}, {"SO_DONTROUTE", 5}, {"SO_ERROR", 4}, {"SO_TYPE", 3}, {"SO_REUSEADDR", 2},
		{"SO_DEBUG", 1}, {"UNKNOWN", 0},
	}
)
