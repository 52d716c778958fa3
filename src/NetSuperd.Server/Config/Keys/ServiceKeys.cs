using System.Collections.Immutable;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The keys of <c>[services.NAME]</c>, and of <c>[defaults]</c> but for those that make a service.</summary>
internal static class ServiceKeys
{
    private const Scope DefaultExec = Scope.Exec | Scope.Defaults;

    public static readonly Key<Service, string> Handler = new(
        "handler",
        Scope.Handler,
        ServiceName.Kind,
        service => service.Handler,
        "the built-in or plugin's handler that serves inside the daemon");

    public static readonly Key<Service, Settings> Settings = new(
        "settings",
        Scope.Handler,
        new SettingsKind(),
        service => service.Settings.Values.Count > 0 ? service.Settings : null,
        "a table for the handler, which says what is in it");

    public static readonly Key<Service, ImmutableArray<string>> Exec = new(
        "exec",
        Scope.Exec,
        new StringsKind("an array of strings: the absolute path of a program, then its arguments"),
        service => service.Program is { } program ? ImmutableArray.Create([program.Path, .. program.Arguments]) : null,
        "the program that is started for each connection, and its arguments");

    public static readonly Key<Service, string> Argv0 = new(
        "argv0",
        DefaultExec,
        new StringKind("a string", _ => true),
        service => service.Program?.Argv0,
        "the program's name as it sees it; default: its path");

    public static readonly Key<Service, string> Cwd = new Key<Service, string>(
        "cwd", DefaultExec, new PathKind(relative: false), service => service.Program?.Cwd, "the working directory").Or("/");

    public static readonly Key<Service, int> Umask = new Key<Service, int>(
        "umask", DefaultExec, new OctalKind(3, "022"), service => service.Program?.Umask, "the file mode creation mask, umask(2)").Or(18);

    public static readonly Key<Service, ImmutableSortedDictionary<string, string>> Env =
        new Key<Service, ImmutableSortedDictionary<string, string>>(
            "env", DefaultExec, new VariablesKind(), service => service.Program?.Env, "environment variables")
        .Or(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    public static readonly Key<Service, ImmutableArray<string>> PassEnv = new Key<Service, ImmutableArray<string>>(
        "pass_env",
        DefaultExec,
        new StringsKind("an array of names of variables", Variable.Complaint),
        service => service.Program?.PassEnv,
        "environment variables that the child gets from the daemon's own environment").Or([]);

    public static readonly Key<Service, bool> Enabled = new Key<Service, bool>(
        "enabled",
        Scope.Handler | Scope.Exec | Scope.Defaults,
        new BooleanKind(),
        service => service.Enabled,
        "false: no socket of the service is bound").Or(true);

    public static readonly IReadOnlyList<Key<Service>> All = [Handler, Settings, Exec, Argv0, Cwd, Umask, Env, PassEnv, Enabled];

    /// <summary>What a service is, for the keys that fit it.</summary>
    public static Scope ScopeOf(Service service) => service.Program is null ? Scope.Handler : Scope.Exec;
}
