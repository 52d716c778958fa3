using System.Text.RegularExpressions;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>
/// Names of services and handlers. They appear in logs, commands and <c>LISTEN_FDNAMES</c>, so nothing in them needs quotes there.
/// </summary>
internal static partial class ServiceName
{
    public const string Rule = "1 to 64 letters, digits, '-', '_' and '.'";

    public static readonly Kind<string> Kind = new StringKind($"a name of {Rule}", IsValid, "^[A-Za-z0-9._-]{1,64}$", "echo");

    public static bool IsValid(string name) => Pattern().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex Pattern();
}
