package event

// The sets of the calls on users, keys and quotas.
var (
	keyctlOperations = FlagSet{
		{"KEYCTL_GET_KEYRING_ID", 0}, {"KEYCTL_JOIN_SESSION_KEYRING", 1}, {"KEYCTL_UPDATE", 2},
		{"KEYCTL_REVOKE", 3}, {"KEYCTL_CHOWN", 4}, {"KEYCTL_SETPERM", 5}, {"KEYCTL_DESCRIBE", 6},
		{"KEYCTL_CLEAR", 7}, {"KEYCTL_LINK", 8}, {"KEYCTL_UNLINK", 9}, {"KEYCTL_SEARCH", 10},
		{"KEYCTL_READ", 11}, {"KEYCTL_INSTANTIATE", 12}, {"KEYCTL_NEGATE", 13},
		{"KEYCTL_SET_REQKEY_KEYRING", 14}, {"KEYCTL_SET_TIMEOUT", 15}, {"KEYCTL_ASSUME_AUTHORITY", 16},
		{"KEYCTL_GET_SECURITY", 17}, {"KEYCTL_SESSION_TO_PARENT", 18}, {"KEYCTL_REJECT", 19},
		{"KEYCTL_INSTANTIATE_IOV", 20}, {"KEYCTL_INVALIDATE", 21}, {"KEYCTL_GET_PERSISTENT", 22},
		{"KEYCTL_DH_COMPUTE", 23}, {"KEYCTL_PKEY_QUERY", 24}, {"KEYCTL_PKEY_ENCRYPT", 25},
		{"KEYCTL_PKEY_DECRYPT", 26}, {"KEYCTL_PKEY_SIGN", 27}, {"KEYCTL_PKEY_VERIFY", 28},
		{"KEYCTL_RESTRICT_KEYRING", 29}, {"KEYCTL_MOVE", 30}, {"KEYCTL_CAPABILITIES", 31},
		{"KEYCTL_WATCH_KEY", 32},
	}

	quotaCommands = FlagSet{
		{"Q_QUOTAON", 1 << 0}, {"Q_QUOTAOFF", 1 << 1}, {"Q_GETFMT", 1 << 2}, {"Q_GETINFO", 1 << 3},
		{"Q_SETINFO", 1 << 4}, {"Q_GETQUOTA", 1 << 5}, {"Q_SETQUOTA", 1 << 6}, {"Q_SYNC", 1 << 7},
		{"Q_XQUOTAON", 1 << 8}, {"Q_XQUOTAOFF", 1 << 9}, {"Q_XGETQUOTA", 1 << 10}, {"Q_XSETQLIM", 1 << 11},
		{"Q_XGETQSTAT", 1 << 12}, {"Q_XQUOTARM", 1 << 13}, {"Q_XQUOTASYNC", 1 << 14},
	}

	quotaFormats = FlagSet{
		{"QFMT_NOT_USED", 1 << 0}, {"QFMT_VFS_OLD", 1 << 1}, {"QFMT_VFS_V0", 1 << 2}, {"QFMT_VFS_V1", 1 << 3},
	}

	quotaInfoFlags = FlagSet{
		{"DQF_NONE", 1 << 0}, {"V1_DQF_RSQUASH", 1 << 1},
	}

	quotaTypes = FlagSet{
		{"USRQUOTA", 1 << 0}, {"GRPQUOTA", 1 << 1},
	}
)
