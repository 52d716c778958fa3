using System.Text;
using System.Text.RegularExpressions;

namespace NetSuperd.Web;

/// <summary>
/// The modules of the page as one script: a browser that opens the page for the first time would fetch them one after the other.
/// </summary>
/// <remarks>
/// It is each module after those that it imports, without the lines <c>import</c> and the words <c>export</c>. The top level of all modules
/// is therefore one: no two of them have the same name there, and each import is a line of its own that renames nothing.
/// </remarks>
internal static partial class PageScript
{
    /// <summary>The module that imports the others, and the name of the script.</summary>
    public const string Name = "page.js";

    /// <summary>Joins the modules.</summary>
    /// <param name="load">Loads the text of a module by its name.</param>
    public static string Join(Func<string, string> load)
    {
        var (text, joined) = (new StringBuilder(), new HashSet<string>());
        Add(Name);
        return text.ToString();

        void Add(string name)
        {
            if (joined.Add(name))
            {
                var module = load(name);
                foreach (Match import in Import().Matches(module))
                {
                    Add(import.Groups["name"].Value);
                }

                text.Append(Export().Replace(Import().Replace(module, ""), ""));
            }
        }
    }

    [GeneratedRegex(@"^import \{[^}]*\} from '\./(?<name>[a-z]+\.js)';\n", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex("^export ", RegexOptions.Multiline)]
    private static partial Regex Export();
}
