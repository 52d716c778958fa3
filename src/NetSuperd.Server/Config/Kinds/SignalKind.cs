using System.Text.Json.Nodes;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A signal (signal(7)) that asks a process to end.</summary>
internal sealed class SignalKind : TextKind<int>
{
    private const string Prefix = "SIG";

    private static readonly string[] Stopping = ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"];

    public override string Text => "a signal such as \"TERM\", \"INT\" or \"QUIT\"";

    public override JsonObject Schema => JsonType.Text(".", "TERM", "INT", "QUIT");

    public override string Format(int value) => TomlWriter.Text(
        SignalName.Of(value) is var name && name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name);

    protected override string? Complaint(string text, Reading reading, out int value)
    {
        value = SignalName.Find(text) ?? 0;
        return value == 0 ? $"must be {Text}"
            : SignalName.Of(value) is var name && Stopping.Contains(name)
                ? $"must be a signal that asks a process to end; {name} stops it until it gets SIGCONT"
            : null;
    }
}
