namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>
/// A service, and what its child has to have been given, written out by hand. What is not named is as for <see cref="Plain"/>.
/// </summary>
/// <param name="Name">The name of the service.</param>
/// <param name="Keys">Its keys; <c>%program%</c> is the program that says what it was given.</param>
public sealed record ChildCase(string Name, string Keys)
{
    private const string Nobody = "65534 65534 65534";

    /// <summary>The service whose map says nothing about its children.</summary>
    public static readonly ChildCase Plain = new("plain", "");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ChildCase> All { get; } =
    [
        Plain,
        new("root", "user = \"root\""),
        new("nobody", "user = \"nobody\"") { Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"] },
        new("number", "user = 54321")
        {
            Uid = "54321 54321 54321", Gid = "54321 54321 54321", Groups = ["54321"], Passwd = "54321:x:54321:54321::/:/bin/sh",
        },
        new("group", "user = \"nobody\"\ngroup = \"daemon\"") { Uid = Nobody, Gid = "1 1 1", User = "nobody", Groups = ["1"] },
        new("nogroups", "user = \"nobody\"\ngroups = \"none\"") { Uid = Nobody, Gid = Nobody, User = "nobody", Groups = [] },
        new("listed", "user = \"nobody\"\ngroups = [\"adm\", 1000, \"adm\"]")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["4", "1000"],
        },
        new("rootgroups", "user = \"root\"\ngroup = \"adm\"\ngroups = \"none\"") { Gid = "4 4 4", Groups = [] },
        new("gaining", "user = \"nobody\"\nno_new_privs = false\n%execute%")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"], NoNewPrivs = false, Arguments = ["--execute", "%setuid%"],
            Who = "0",
        },
        new("notgaining", "user = \"nobody\"\n%execute%")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"], Arguments = ["--execute", "%setuid%"], Who = "65534",
        },
        new("rootgaining", "user = \"root\"\nno_new_privs = false") { NoNewPrivs = false },
        new(
            "limits",
            "limits = { nofile = \"100:200\", cpu = \"10s\", as = \"4GiB\", core = 0, fsize = \"1MiB:2MiB\", nproc = \"20000\", "
            + "rttime = \"100ms\" }")
        {
            Limits = new()
            {
                ["nofile"] = "100 200", ["cpu"] = "10 10", ["as"] = "4294967296 4294967296", ["core"] = "0 0",
                ["fsize"] = "1048576 2097152", ["nproc"] = "20000 20000", ["rttime"] = "100000 100000",
            },
        },
        new(
            "morelimits",
            "[services.morelimits.limits]\n"
            + "data = \"unlimited\"\nlocks = 7\nmemlock = 65536\nmsgqueue = \"8KiB\"\nnice = 0\nrss = \"1GiB\"\n"
            + "rtprio = 0\nsigpending = \"10:20\"\nstack = \"1MiB:8MiB\"")
        {
            Limits = new()
            {
                ["data"] = "-1 -1", ["locks"] = "7 7", ["memlock"] = "65536 65536", ["msgqueue"] = "8192 8192", ["nice"] = "0 0",
                ["rss"] = "1073741824 1073741824", ["rtprio"] = "0 0", ["sigpending"] = "10 20", ["stack"] = "1048576 8388608",
            },
        },
        new("userlimits", "user = \"nobody\"\nlimits = { nofile = 64, nproc = \"5000:6000\" }")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"],
            Limits = new() { ["nofile"] = "64 64", ["nproc"] = "5000 6000" },
        },
        new("folder", "cwd = \"/usr\"\numask = \"077\"") { Cwd = "/usr", Umask = "077" },
        new("kind", "user = \"nobody\"\nnice = 5") { Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"], Nice = "5" },
        new("urgent", "user = \"nobody\"\nnice = -5") { Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"], Nice = "-5" },
        new("jail", "user = \"nobody\"\nchroot = \"%dir%/jail\"\ncwd = \"/inner\"\nexec = [\"/bin/inspect\"]")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"], Cwd = "/inner", Argv0 = "/bin/inspect",
        },
        new("words", "exec = [\"%program%\", \"-l\", \"two words\", \"$HOME\", \"\"]\nargv0 = \"in.tuned\"")
        {
            Argv0 = "in.tuned", Arguments = ["-l", "two words", "$HOME", ""],
        },
        new(
            "variables",
            "env = { GREETING = \"hello world\", PATH = \"/bin\", PASSED = \"by env\" }\n"
            + "pass_env = [\"PASSED\", \"PASSED2\", \"NOWHERE\"]")
        {
            Variables = ["GREETING=hello world", "PATH=/bin", "PASSED=by env", "PASSED2=by the daemon"],
        },
        new("silent", "stderr = \"null\"") { Descriptors = ["0 socket blocking", "1 socket blocking", "2 device blocking"] },
        new("loud", "stderr = \"socket\"") { Descriptors = ["0 socket blocking", "1 socket blocking", "2 socket blocking"] },
        new("activated", "user = \"nobody\"\nfds = \"listen\"")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"],
            Descriptors = ["0 device blocking", "1 device blocking", "2 pipe blocking", "3 socket blocking"],
            Listen = "activated",
        },
        new("waiting", "wait = true")
        {
            IsShared = true, Descriptors = ["0 listener blocking", "1 listener blocking", "2 pipe blocking"],
        },
        new("both", "user = \"nobody\"\nwait = true\nfds = \"listen\"")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"], IsShared = true,
            Ports = "\"127.0.0.1:%both%\" = { service = \"both\", name = \"first\" }\n"
                + "\"127.0.0.1:%more%/udp\" = { service = \"both\", name = \"second\" }",
            Descriptors = ["0 device blocking", "1 device blocking", "2 pipe blocking", "3 listener blocking", "4 socket blocking"],
            Listen = "first:second",
        },
        new("datagrams", "user = \"nobody\"\nwait = true")
        {
            Uid = Nobody, Gid = Nobody, User = "nobody", Groups = ["65534"], IsShared = true, Protocol = "UDP",
            Ports = "\"127.0.0.1:%datagrams%/udp\" = \"datagrams\"",
        },
    ];

    /// <summary>Whether only root can do it: it changes the user or the rights of the child.</summary>
    public bool NeedsRoot => Keys.Contains("user = ", StringComparison.Ordinal) || Keys.Contains("limits", StringComparison.Ordinal);

    /// <summary>The sockets.</summary>
    public string Ports { get; init; } = $"\"127.0.0.1:%{Name}%\" = \"{Name}\"";

    /// <summary><c>TCP</c> or <c>UDP</c>.</summary>
    public string Protocol { get; init; } = "TCP";

    /// <summary>Whether the child has the listening or datagram socket.</summary>
    public bool IsShared { get; init; }

    /// <summary>Descriptor, kind and mode of each.</summary>
    public string[] Descriptors { get; init; } = ["0 socket blocking", "1 socket blocking", "2 pipe blocking"];

    /// <summary>Real, effective and saved user; null: those of the daemon.</summary>
    public string? Uid { get; init; }

    /// <summary>Real, effective and saved group; null: those of the daemon's user.</summary>
    public string? Gid { get; init; }

    /// <summary>Supplementary groups in order; null: those of the daemon's user.</summary>
    public string[]? Groups { get; init; }

    /// <summary>The user that the variables name; null: the daemon's.</summary>
    public string? User { get; init; }

    /// <summary>The line of passwd(5) that the variables come from, where the system has none.</summary>
    public string? Passwd { get; init; }

    /// <summary>Whether no_new_privs is set.</summary>
    public bool NoNewPrivs { get; init; } = true;

    /// <summary>The priority.</summary>
    public string Nice { get; init; } = "0";

    /// <summary>Soft and hard limits that are not the daemon's own; -1: unlimited.</summary>
    public Dictionary<string, string> Limits { get; init; } = [];

    /// <summary>The working directory.</summary>
    public string Cwd { get; init; } = "/";

    /// <summary>The file mode creation mask.</summary>
    public string Umask { get; init; } = "022";

    /// <summary>The program's own name; null: its path.</summary>
    public string? Argv0 { get; init; }

    /// <summary>The arguments after it.</summary>
    public string[] Arguments { get; init; } = [];

    /// <summary>Variables beside those that every child has.</summary>
    public string[] Variables { get; init; } = [];

    /// <summary>LISTEN_FDNAMES; null: no such variables.</summary>
    public string? Listen { get; init; }

    /// <summary>The effective user of a set-user-ID program of root that the child executes; null: it executes none.</summary>
    public string? Who { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
