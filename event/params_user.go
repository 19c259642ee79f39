package event

// The places of what a quotactl carries in Event.Args: its parameters of that
// name stand too far behind, and those in these places are never known.
const (
	QuotaCommand = iota + 3
	QuotaType
	QuotaID
	QuotaFormat
)

func quotaCommand(e *Event) (Arg, bool) { return e.Args[QuotaCommand], true }
func quotaType(e *Event) (Arg, bool)    { return e.Args[QuotaType], true }
func quotaID(e *Event) (Arg, bool)      { return e.Args[QuotaID], true }
func quotaFormat(e *Event) (Arg, bool)  { return e.Args[QuotaFormat], true }

// absent is for parameters Falco has and the model has not: they keep their
// place, so that those behind them keep theirs.
func absent(*Event) (Arg, bool) { return Arg{}, false }
