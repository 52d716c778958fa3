using NetSuperd.Web;

namespace NetSuperd.Tests.Web;

/// <summary>The modules of the page as one script; a browser runs the real one in the functional tests.</summary>
public sealed class PageScriptTests
{
    [Fact]
    public void Modules_AreJoinedOnce_EachAfterItsImports()
    {
        var modules = new Dictionary<string, string>
        {
            ["page.js"] = "// Page\n\nimport { a } from './a.js';\nimport { b } from './b.js';\n\nrun(a, b);\n",
            ["a.js"] = "import { b } from './b.js';\n\nexport function a() {\n  return b; // no export here\n}\n",
            ["b.js"] = "export const b = 1;\n",
        };

        Assert.Equal(
            "const b = 1;\n\nfunction a() {\n  return b; // no export here\n}\n// Page\n\n\nrun(a, b);\n",
            PageScript.Join(name => modules[name]));
    }
}
