namespace NetSuperd.FunctionalTests.Harness;

/// <summary>Compiles a C program.</summary>
internal static class CFixture
{
    /// <summary>Compiles <c>fixtures/NAME.c</c> into the folder, static, so that it runs below another root directory too.</summary>
    /// <returns>The path of the program.</returns>
    public static async Task<string> CompileAsync(string name, Scratch scratch)
    {
        var program = scratch[name];
        await Command.OutputAsync("gcc", "-Wall", "-Werror", "-static", "-o", program, Path.Combine(Fixtures.Folder, name + ".c"));
        return program;
    }
}
