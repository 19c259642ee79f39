package field

// Fields about the audit events of the Kubernetes API server. No source provides
// them yet.

// audit is a single text, audits a list of them, auditAt a list of which an
// index picks one.
func audit(name, desc string) Field { return later(name, desc, CharBuf) }

func audits(name, desc string) Field {
	f := later(name, desc, CharBuf)
	f.List = true
	return f
}

func auditAt(name, desc string) Field {
	return audits(name, desc).takes(ArgOptional|ArgIndex, bindNothing)
}

// auditKey is a text that has to be asked for by a name.
func auditKey(name, desc string) Field {
	return audit(name, desc).takes(ArgRequired|ArgKey, bindNothing)
}

func k8sAuditFields() []Field {
	return concat(auditCallFields(), auditBindingFields(), auditPodFields(),
		auditContainerFields("containers", "containers of the pod"), auditOldFields(), auditObjectFields(), auditAnswerFields(),
		auditContainerFields("initContainers", "init containers of the pod"),
		auditContainerFields("ephemeralContainers", "ephemeral containers of the pod"))
}

func auditCallFields() []Field {
	return []Field{
		audit("ka.auditid", "Unique id of the audit event."),
		audit("ka.stage", "Stage of the request, such as RequestReceived or ResponseComplete."),
		audit("ka.auth.decision", "What the authorizer decided: allow or forbid."),
		audit("ka.auth.reason", "Why the authorizer decided so."),
		audit("ka.auth.openshift.decision", "What OpenShift's authentication decided."),
		audit("ka.auth.openshift.username", "User name that OpenShift's authentication was given."),
		audit("ka.validations.admission.policy.failure", "What failed when admission policies validated the request."),
		audit("ka.security.pod.violations", "Rules of pod security that the request breaks."),
		audit("ka.user.name", "Name of the user who makes the request."),
		audits("ka.user.groups", "Groups of the user who makes the request."),
		audit("ka.impuser.name", "Name of the user the request is made in the name of."),
		audit("ka.verb", "What is done: create, delete, get, patch, ..."),
		audit("ka.uri", "URI of the request as sent to the server."),
		auditKey("ka.uri.param", "One parameter of the request's URI by name: ka.uri.param[command]."),
		audit("ka.target.name", "Name of the object the request is about."),
		audit("ka.target.namespace", "Namespace of the object the request is about."),
		audit("ka.target.resource", "Kind of the object the request is about, such as pods."),
		audit("ka.target.subresource", "Part of the object the request is about, such as exec."),
		audit("ka.target.pod.name", "Name of the pod the request is about."),
	}
}

func auditBindingFields() []Field {
	return []Field{
		audits("ka.req.binding.subjects", "Subjects that a role is bound to."),
		audits("ka.req.binding.subjects.user_names", "Names of the users a role is bound to."),
		audits("ka.req.binding.subjects.serviceaccount_names", "Names of the service accounts a role is bound to."),
		audits("ka.req.binding.subjects.serviceaccount_ns_names", "Service accounts a role is bound to, as namespace:name."),
		audits("ka.req.binding.subjects.group_names", "Names of the groups a role is bound to."),
		audit("ka.req.binding.role", "Role that is bound."),
		auditKey("ka.req.binding.subject.has_name", "Whether a role is bound to the subject of the name: true or false."),
		audits("ka.req.role.rules", "Rules of a role that is made or changed."),
		auditAt("ka.req.role.rules.apiGroups", "Groups of the API in the rules of a role, rule by rule."),
		auditAt("ka.req.role.rules.nonResourceURLs", "URLs that are no resources in the rules of a role, rule by rule."),
		auditAt("ka.req.role.rules.verbs", "Verbs in the rules of a role, rule by rule."),
		auditAt("ka.req.role.rules.resources", "Resources in the rules of a role, rule by rule."),
	}
}

func auditPodFields() []Field {
	return []Field{
		audit("ka.req.pod.host_ipc", "Whether the pod uses the host's IPC namespace."),
		audit("ka.req.pod.host_network", "Whether the pod uses the host's network namespace."),
		audit("ka.req.pod.host_pid", "Whether the pod uses the host's PID namespace."),
		audit("ka.req.pod.run_as_user", "User id that the pod asks to run as."),
		audit("ka.req.pod.run_as_group", "Group id that the pod asks to run as."),
		audit("ka.req.pod.fs_group", "Group id of the pod's volumes."),
		audits("ka.req.pod.supplemental_groups", "Further group ids of the pod."),
		auditAt("ka.req.pod.volumes.hostpath", "Paths on the host that the pod mounts, volume by volume."),
		auditAt("ka.req.pod.volumes.flexvolume_driver", "Drivers of the pod's flex volumes, volume by volume."),
		auditAt("ka.req.pod.volumes.volume_type", "Types of the pod's volumes."),
	}
}

// auditContainerFields are about the containers of one kind in a pod that is
// made or changed; with an index about one of them.
func auditContainerFields(kind, what string) []Field {
	var fields []Field
	for _, f := range []struct{ name, desc string }{
		{"args", "Arguments"},
		{"command", "Commands"},
		{"name", "Names"},
		{"image", "Images"},
		{"image.repository", "Repositories of the images"},
		{"host_port", "Ports of the host used"},
		{"privileged", "Whether privileged, true or false,"},
		{"allow_privilege_escalation", "Whether more privileges can be gained, true or false,"},
		{"read_only_fs", "Whether the root file system is read-only, true or false,"},
		{"run_as_user", "User ids asked for"},
		{"eff_run_as_user", "User ids in effect"},
		{"run_as_group", "Group ids asked for"},
		{"eff_run_as_group", "Group ids in effect"},
		{"proc_mount", "Kinds of /proc mounts"},
		{"add_capabilities", "Added capabilities"},
	} {
		if kind == "ephemeralContainers" && f.name == "host_port" {
			continue // they have no ports
		}
		fields = append(fields, auditAt("ka.req.pod."+kind+"."+f.name, f.desc+" of the "+what+"; with an index, of one of them."))
	}
	return fields
}

// auditOldFields are about the first container only.
func auditOldFields() []Field {
	return []Field{
		audit("ka.req.container.image", "Image of the pod's first container; ka.req.pod.containers.image has all."),
		audit("ka.req.container.image.repository", "Repository of the image of the pod's first container; ka.req.pod.containers.image.repository has all."),
		audit("ka.req.container.host_network", "What ka.req.pod.host_network gives."),
		audit("ka.req.container.privileged", "Whether a container of the pod is privileged; ka.req.pod.containers.privileged tells which."),
		auditKey("ka.req.volume.hostpath", "Whether the pod mounts the path of the host: true or false; ka.req.pod.volumes.hostpath has all."),
	}
}

func auditObjectFields() []Field {
	return []Field{
		audit("ka.req.configmap.name", "Name of the ConfigMap that is made or changed."),
		audit("ka.req.configmap.obj", "Content of the ConfigMap that is made or changed."),
		audit("ka.req.service.type", "Type of the service that is made or changed."),
		auditAt("ka.req.service.ports", "Ports of the service that is made or changed."),
	}
}

func auditAnswerFields() []Field {
	return []Field{
		audit("ka.resp.name", "Name of the object in the answer."),
		audit("ka.response.code", "Status code of the answer, such as 200."),
		audit("ka.response.reason", "Why the server answered so."),
		audit("ka.useragent", "Program that makes the request, as it calls itself."),
		auditAt("ka.sourceips", "Addresses the request comes from and was passed on by."),
		audit("ka.cluster.name", "Name of the cluster."),
	}
}

// jsonFields read events that are JSON texts.
func jsonFields() []Field {
	return []Field{
		auditKey("json.value", "Value in the event by its place, a JSON pointer: json.value[/user/name]."),
		audit("json.obj", "The whole event, indented."),
		audit("json.rawtime", "Time of the event in nanoseconds since the epoch, as text."),
		auditKey("jevt.value", "What json.value gives."),
		audit("jevt.obj", "What json.obj gives."),
		audit("jevt.rawtime", "What json.rawtime gives."),
	}
}
