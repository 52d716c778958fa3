namespace NetSuperd.Native.Tests;

public sealed class NetworkInterfacesTests
{
    [Theory]
    [InlineData("lo", 1u)]
    [InlineData("1", 1u)]
    [InlineData("nosuchif0", 0u)]
    [InlineData("4000000000", 0u)]
    [InlineData("99999999999", 0u)]
    [InlineData("", 0u)]
    [InlineData("0", 0u)]
    public void IndexOf_ANameOrANumber_IsTheInterfaceOfNow(string name, uint index) => Assert.Equal(index, NetworkInterfaces.IndexOf(name));

    [Theory]
    [InlineData(1, "lo")]
    [InlineData(4_000_000, "4000000")]
    public void NameOf_WithoutAnInterface_IsTheNumber(long index, string name) => Assert.Equal(name, NetworkInterfaces.NameOf(index));
}
