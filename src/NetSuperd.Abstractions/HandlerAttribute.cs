namespace NetSuperd;

/// <summary>Gives a handler its name, which <c>handler = "..."</c> and the values of <c>[ports]</c> use.</summary>
/// <remarks>Two handlers with the same name, including built-ins, are an error of the configuration.</remarks>
/// <param name="name">Letters, digits, <c>-</c> and <c>_</c>, at most 64 characters.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class HandlerAttribute(string name) : Attribute
{
    /// <summary>The name of the handler.</summary>
    public string Name { get; } = name;
}
