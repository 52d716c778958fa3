using System.Text;
using NetSuperd.Server;
using NetSuperd.Server.Config;

namespace NetSuperd.Windows.Programs;

/// <summary>
/// The environment of a child: a few variables that every child has, those of the map, and those of its connection. Nothing else of the
/// daemon's own environment is in it.
/// </summary>
internal static class ChildEnvironment
{
    /// <summary>The longest value of a variable (SetEnvironmentVariable, lpValue).</summary>
    public const int MostLetters = 32_766;

    /// <summary>The environment of all children of a program. Windows does not tell names apart by their case.</summary>
    public static SortedDictionary<string, string> Of(ChildProgram program)
    {
        var root = Environment.GetFolderPath(Environment.SpecialFolder.Windows);
        var variables = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            // Winsock and the runtimes of many programs cannot start without it.
            ["SystemRoot"] = root,
            ["PATH"] = $"{Environment.SystemDirectory};{root}",
            ["USERNAME"] = Environment.UserName,
            ["USERPROFILE"] = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        };
        foreach (var name in program.PassEnv)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables[name] = value;
            }
        }

        foreach (var (name, value) in program.Env)
        {
            variables[name] = value;
        }

        return variables;
    }

    /// <summary>
    /// The block that CreateProcessW takes: texts <c>NAME=value</c> in the order of their names, each with a zero, and another one.
    /// </summary>
    public static string Block(ChildProgram program, ChildVariables ofConnection)
    {
        var variables = Of(program);
        foreach (var text in ofConnection.Texts)
        {
            var sign = text.IndexOf('=', StringComparison.Ordinal);
            variables[text[..sign]] = text[(sign + 1)..];
        }

        var block = new StringBuilder();
        foreach (var (name, value) in variables)
        {
            block.Append(name).Append('=').Append(value).Append('\0');
        }

        return block.Append('\0').ToString();
    }
}
